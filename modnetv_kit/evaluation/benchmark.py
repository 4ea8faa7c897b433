"""Measure methods on clips with true alpha."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from ..errors import DataError, InputError, MattingError
from ..models import MODNetV
from .clip_files import ClipFiles
from .clip_folders import list_clips
from .clip_metrics import ClipMetrics, Scores, Series, clip_means
from .facts import Facts, facts_of
from .methods import open_method
from .prediction import Method
from .results_store import ResultsStore
from .session_network import as_shipped, shipped_engine
from .stopwatch import TimedMethod
from .video_clip import open_any_clip

MEMORIES = ("off", "accumulate", "refresh")
GROUPS = ("all", "static", "moving", "hd", "people")


@dataclass
class Evaluation:
    """The results of a run.

    Attributes:
        over_time: {clip: {method: {metric: [value of every frame]}}}, with None for a frame without a value.
        groups: {clip: the groups it belongs to}.
        problems: one line for every clip that some or all methods failed to measure.
        first_dtssd_is_zero: see `clip_means`.
        engine: the engine through which the weights under test ran in sessions; None for the plain network in fp32.
        seconds: {clip: {method: mean seconds a frame}}, see `TimedMethod`.
        methods: {name: method}.
    """

    over_time: dict[str, dict[str, Series]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    first_dtssd_is_zero: bool = False
    engine: str | None = None
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    methods: dict[str, Method] = field(default_factory=dict)

    @cached_property
    def facts(self) -> dict[str, Facts]:
        """What is known about each method; see `Facts`. Networks are run once to count."""
        return {name: facts_of(method) for name, method in self.methods.items()}

    @property
    def clips(self) -> dict[str, dict[str, Scores]]:
        """Means over time: {clip: {method: {metric: value}}}."""
        return {
            clip: {method: clip_means(series, self.first_dtssd_is_zero) for method, series in by_method.items()}
            for clip, by_method in self.over_time.items()
        }

    @property
    def means(self) -> dict[str, dict[str, Scores]]:
        """Means over clips: {group: {method: {metric: value}}}, see `group_means`."""
        return group_means(self.clips, self.groups)


def evaluate(
    model: MODNetV,
    folder: Path,
    methods: Sequence[str | Method] = MEMORIES,
    *,
    fp32: bool = False,
    json_file: Path | None = None,
    first_dtssd_is_zero: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Measure every clip in `folder` with every method.

    A clip that cannot be measured becomes a line in `problems`; the others are measured.

    Args:
        model: the weights under test, in eval mode; not changed.
        folder: see `list_clips`.
        methods: names (see `open_method`) or custom methods.
        fp32: run the weights under test as a plain network in fp32, and prompted in a session in fp32. By default they
            run as they ship, in a `MattingSession` with the engine that "auto" means on the model's device; see
            `as_shipped`.
        json_file: stores each result at once. Results of the same methods and clips are read from it, so an interrupted
            run continues; see `ResultsStore`.
        first_dtssd_is_zero: see `clip_means`.
        progress: called with the number of frames done and to do, at the start and after every frame.

    Raises:
        DataError: `folder` holds no clips.
        InputError: an unknown method, or a `json_file` with other content.
        OutputError: `json_file` cannot be written.
        WeightsError: the weights of a method cannot be used.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "a/frames/0.png"), Path(folder, "a/alpha/0.png")):
        ...         path.parent.mkdir(parents=True)
        ...         Image.new("L", (32, 32), 255).save(path)
        ...     result = evaluate(MODNetV().eval(), Path(folder), ["mog2"])
        >>> result.problems, {clip: list(by_method) for clip, by_method in result.clips.items()}
        ([], {'a': ['mog2']})
    """
    engine = None if fp32 else shipped_engine(next(model.parameters()).device)
    result = Evaluation(first_dtssd_is_zero=first_dtssd_is_zero, engine=engine)
    opened = _open_methods(model, methods, engine)
    result.methods = {method.name: method for method in opened}
    clips = []
    for found in list_clips(folder):
        try:
            clips.append(open_any_clip(found))
        except DataError as error:
            result.problems.append(f"{found.name}: {error}")
    results = ResultsStore(json_file)
    done, total = 0, sum(len(clip) for clip in clips for method in opened if results.get(clip, method) is None)

    def step(index: int) -> None:
        if progress:
            progress(done + index + 1, total)

    if progress:
        progress(0, total)
    for clip in clips:
        for method in opened:
            series = results.get(clip, method)
            if series is None:
                timed = TimedMethod(method)
                try:
                    series = evaluate_clip(timed, clip, step)
                except MattingError as error:
                    line = f"{clip.name}: {error}"
                    if line not in result.problems:  # every method meets a damaged file
                        result.problems.append(line)
                    continue
                finally:
                    done += len(clip)
                results.put(clip, method, series, timed.seconds_a_frame)
            result.over_time.setdefault(clip.name, {})[method.name] = series
            result.groups[clip.name] = clip.groups
            if (seconds := results.get_seconds(clip, method)) is not None:
                result.seconds.setdefault(clip.name, {})[method.name] = seconds
    results.finish(result.means, result.problems, first_dtssd_is_zero)
    return result


def evaluate_clip(method: Method, clip: ClipFiles, step: Callable[[int], None] | None = None) -> Series:
    """Measure one clip: {metric: [value of every frame with a true alpha]}.

    Args:
        method: the method to measure.
        clip: from `open_clip`.
        step: called after every frame with its index.

    Raises:
        DataError: a damaged file.
        MattingError: the method cannot matte this clip.

    Examples:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for path in (Path(folder, "a/frames/0.png"), Path(folder, "a/alpha/0.png")):
        ...         path.parent.mkdir(parents=True)
        ...         Image.new("L", (32, 32), 255).save(path)
        ...     series = evaluate_clip(open_method("mog2", MODNetV()), open_any_clip(list_clips(Path(folder))[0]))
        >>> len(series["MAD"]), series["dtSSD"]  # a first frame has no dtSSD
        (1, [None])
    """
    metrics = ClipMetrics()
    for index, prediction in enumerate(method.matte(clip)):
        if index in clip.alphas:
            metrics.update(
                prediction,
                clip.read_alpha(index),
                clip.read_foreground(index) if prediction.foreground is not None else None,
                clip.read_plate(index) if prediction.plate is not None and index in clip.plates else None,
                clip.read_others(index),
            )
        if step:
            step(index)
    return metrics.series


def group_means(clips: dict[str, dict[str, Scores]], groups: dict[str, list[str]]) -> dict[str, dict[str, Scores]]:
    """Means over the clips of each group. Only clips measured by every method count, so rows are comparable.

    Args:
        clips: {clip: {method: {metric: value}}}.
        groups: {clip: the groups it belongs to}.

    Returns:
        {group: {method: {metric: value}}}; groups without clips, and methods without any in a group, are left out.

    Examples:
        >>> clips = {"a": {"off": {"MAD": 4.0}}, "b": {"off": {"MAD": 2.0}}}
        >>> group_means(clips, {"a": ["all"], "b": ["all"]})
        {'all': {'off': {'MAD': 3.0}}}
    """
    means: dict[str, dict[str, Scores]] = {}
    for group in GROUPS:
        inside = [by_method for clip, by_method in clips.items() if group in groups[clip]]
        methods = {method: None for by_method in inside for method in by_method}  # in order
        common = [by_method for by_method in inside if methods.keys() == by_method.keys()]
        if common:
            means[group] = {method: mean_scores([by_method[method] for by_method in common]) for method in methods}
    return means


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """The mean of each metric over the scores that have it.

    Examples:
        >>> mean_scores([{"MAD": 4.0}, {"MAD": 2.0, "dtSSD": 1.0}])
        {'MAD': 3.0, 'dtSSD': 1.0}
    """
    metrics = {metric: None for each in scores for metric in each}
    return {metric: float(np.mean([each[metric] for each in scores if metric in each])) for metric in metrics}


def _open_methods(model: MODNetV, methods: Sequence[str | Method], engine: str | None) -> list[Method]:
    """The methods of these names, and custom ones as they are."""
    opened = []
    for method in methods:
        if isinstance(method, str):
            method = open_method(method, model)
            method = as_shipped(method, engine) if engine else method
        opened.append(method)
    names = [method.name for method in opened]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"two methods are called {twice[0]}: name each once, and give files different names")
    return opened
