"""Loading models from the bundled weights, a folder or the Hugging Face Hub, and uploading them."""

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any, Self

import torch
from huggingface_hub import CommitOperationAdd, HfApi, PyTorchModelHubMixin, hf_hub_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,  # httpx's in huggingface_hub 1, httpx2's in 2
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from torch import nn

from . import __version__
from .devices import choose_device
from .errors import InputError, OutputError, WeightsError, one_line
from .model_files import (
    CONFIG,
    PICKLES,
    WEIGHTS,
    ModelFiles,
    fill,
    find_files,
    load_weights_into,
    pickle_error,
    read_config,
    read_tensors,
    save_model,
)
from .models import MODNetV

__all__ = ["HubMODNetV", "load_model", "load_weights_into", "push_to_hub", "save_model"]

BUNDLED = Path(__file__).parent / "weights"

_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_HUB_ERRORS = (HTTPError, HFValidationError, EntryNotFoundError, OSError, RuntimeError)  # RuntimeError: hf_xet's


class HubMODNetV(
    MODNetV,
    PyTorchModelHubMixin,
    library_name="modnetv-kit",
    paper_url="https://arxiv.org/abs/2109.11818",
    pipeline_tag="image-segmentation",
    tags=["matting", "video-matting", "portrait-matting"],
):
    """`MODNetV` with the Hub's usual methods: `from_pretrained`, `save_pretrained`, `push_to_hub`.

    It takes the arguments of `MODNetV`, which config.json stores. `save_pretrained` and this class's `push_to_hub`
    write a short model card if none exists; `modnetv_kit.hub.push_to_hub` uploads a given card.
    """

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | Path,
        *,
        force_download: bool = False,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        revision: str | None = None,
        **model_kwargs: Any,
    ) -> Self:
        """Load a model on the CPU, in fp32 and eval mode; only config.json and model.safetensors are downloaded.

        The mixin's version would ignore missing keys and fall back to a pickle.

        Args:
            pretrained_model_name_or_path: a folder, or "owner/name" on the Hub.
            force_download: download cached files again.
            token: the Hub's token; None is the one that `hf auth login` stored.
            cache_dir: folder for downloads.
            local_files_only: use cached files only, without a network.
            revision: branch, tag or commit; for the Hub only.
            **model_kwargs: arguments of `MODNetV` that override config.json, e.g. `update="accumulate"`.

        Raises:
            WeightsError: the model cannot be found, read or reached, or does not fit.
        """
        label = str(pretrained_model_name_or_path)
        hub = {"token": token, "cache_dir": cache_dir, "local_files_only": local_files_only}
        files = _locate(pretrained_model_name_or_path, revision, force_download, **hub)
        model = cls(**read_config(files.config, label) | model_kwargs)
        fill(model, read_tensors(files.weights), label)
        return model.eval()

    def _save_pretrained(self, save_directory: Path) -> None:
        save_model(self, save_directory)


def load_model(
    source: str | Path | None = None, *, revision: str | None = None, device: str | torch.device = "auto"
) -> HubMODNetV:
    """Load a video matting model in fp32 and eval mode, on `device`.

    Args:
        source: None for the bundled weights, a folder with config.json and model.safetensors, or "owner/name" on the
            Hugging Face Hub (cached after the first time; offline mode works).
        revision: branch, tag or commit; for the Hub only.
        device: see `choose_device`.

    Raises:
        WeightsError: the model cannot be found, read or reached, or does not fit.
        DeviceError: the device cannot be used here.
    """
    place = choose_device(device)
    return HubMODNetV.from_pretrained(BUNDLED if source is None else source, revision=revision).to(place)


def weights_hash(source: str | Path | None = None) -> str:
    """A hash of a model's files, 20 hexadecimal digits.

    Args:
        source: as for `load_model`.

    Raises:
        WeightsError: the model cannot be found or reached.
    """
    digest = hashlib.sha256()
    for file in _locate(BUNDLED if source is None else source):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def push_to_hub(
    model: nn.Module,
    repo_id: str,
    *,
    card: str | Path | None = None,
    private: bool = False,
    token: str | None = None,
    revision: str | None = None,
) -> str:
    """Upload config.json, model.safetensors and README.md to the Hugging Face Hub in one commit.

    Args:
        model: a MODNetV or a MODNet.
        repo_id: "owner/name", or "name" for your own; made if missing.
        card: the model card that becomes README.md; None is the one of the bundled weights.
        private: make a new repository private.
        token: the Hub's token; None is the one that `hf auth login` stored.
        revision: the branch to commit to, created if missing; None means "main".

    Returns:
        The commit's address.

    Raises:
        InputError: `card` does not exist.
        OutputError: the Hub cannot be reached or refuses.
    """
    card = BUNDLED / "MODEL_CARD.md" if card is None else Path(card)
    if not card.is_file():
        raise InputError(f"there is no model card {card}: give a Markdown file that describes the model")
    with tempfile.TemporaryDirectory() as folder:
        save_model(model, folder)
        files = {CONFIG: Path(folder, CONFIG), WEIGHTS: Path(folder, WEIGHTS), "README.md": card}
        api = HfApi(token=token)
        try:
            repo_id = api.create_repo(repo_id, private=private, exist_ok=True).repo_id
            if revision is not None:
                api.create_branch(repo_id, branch=revision, exist_ok=True)
            commit = api.create_commit(
                repo_id,
                [CommitOperationAdd(name, path) for name, path in files.items()],
                commit_message=f"Upload with modnetv_kit {__version__}",
                revision=revision,
            )
        except _HUB_ERRORS as error:
            raise OutputError(f"cannot upload: {_explain(error, repo_id, revision)}") from error
        except ValueError as error:  # the Hub rejects the card's header
            raise OutputError(f"cannot upload ({one_line(error)}): correct {card} and push again") from error
    return commit.commit_url


SPACE_FILES = ("README.md", "LICENSE", "requirements.txt", "spaces_app.py", "modnetv_kit/**")


def push_space(source: str | Path, repo_id: str, *, private: bool = False, token: str | None = None) -> str:
    """Upload the app to a Hugging Face Space in one commit; git itself would refuse the weights without LFS.

    Args:
        source: a clone of the kit.
        repo_id: "owner/name", or "name" for your own; made if missing.
        private: make a new Space private.
        token: the Hub's token; None is the one that `hf auth login` stored.

    Returns:
        The commit's address.

    Raises:
        InputError: `source` is no clone of the kit.
        OutputError: the Hub cannot be reached or refuses.
    """
    missing = [name for name in SPACE_FILES[:-1] if not Path(source, name).is_file()]
    if missing:
        raise InputError(f"{source} has no {missing[0]}: a Space is made of a clone of the kit, give its folder")
    api = HfApi(token=token)
    try:
        repo_id = api.create_repo(
            repo_id, repo_type="space", space_sdk="gradio", private=private, exist_ok=True
        ).repo_id
        commit = api.upload_folder(
            repo_id=repo_id,
            repo_type="space",
            folder_path=source,
            allow_patterns=list(SPACE_FILES),
            ignore_patterns=["**/__pycache__/**", "**/.*"],
            commit_message=f"Upload with modnetv_kit {__version__}",
        )
    except _HUB_ERRORS as error:
        raise OutputError(f"cannot upload: {_explain(error, repo_id, None)}") from error
    except ValueError as error:  # the Hub rejects the README's header
        raise OutputError(f"cannot upload ({one_line(error)}): correct README.md and push again") from error
    return commit.commit_url


def _locate(source: str | Path, revision: str | None = None, force_download: bool = False, **hub: Any) -> ModelFiles:
    """The files of a model in a folder, or downloaded from the Hub."""
    if Path(source).is_dir():
        if revision is not None:
            raise WeightsError(f"{source} is a folder here and has no revision {revision!r}: leave the revision out")
        return find_files(Path(source))
    _check_repository_name(source)
    return _download(str(source), revision, force_download, **hub)


def _check_repository_name(source: str | Path) -> None:
    """Check a repository's name before asking the Hub; a `Path` or a file is never one."""
    if Path(source).is_file():
        if Path(source).suffix in PICKLES:
            raise pickle_error(Path(source))
        raise WeightsError(f"{source} is a file: give the folder that holds {CONFIG} and {WEIGHTS}")
    if isinstance(source, Path) or not _REPOSITORY.fullmatch(source):
        raise WeightsError(
            f"{source} is not a folder here: give a folder with {CONFIG} and {WEIGHTS}, or 'owner/name' on the Hub"
        )


def _download(repo: str, revision: str | None, force_download: bool, **hub: Any) -> ModelFiles:
    """Download both files from one commit, even if the branch moves in between."""
    name = CONFIG
    try:
        config = Path(hf_hub_download(repo, name, revision=revision, force_download=force_download, **hub))
        commit = config.parent.name  # the cache keeps files as snapshots/COMMIT/NAME
        name = WEIGHTS
        weights = hf_hub_download(repo, name, revision=commit, force_download=force_download, **hub)
        return ModelFiles(config, Path(weights))
    except (*_HUB_ERRORS, ValueError) as error:  # ValueError: force_download while offline
        if isinstance(error, EntryNotFoundError) and not isinstance(error, LocalEntryNotFoundError):
            problem = f"{repo} holds no {name} (safetensors only, no pickles): its owner can write it with save_model"
        else:
            uncached = f"{repo} is not in the cache, and " if isinstance(error, LocalEntryNotFoundError) else ""
            problem = uncached + _explain(error, repo, revision)
        raise WeightsError(
            f"{problem}. There is no folder {repo} either; load_model() gives the bundled weights"
        ) from error


def _explain(error: BaseException, repo: str, revision: str | None) -> str:
    """One line on an error of the Hub and what to do."""
    if isinstance(error, LocalEntryNotFoundError) and error.__cause__:
        error = error.__cause__  # the outer error only adds that the file is not cached either
    match error:
        case RevisionNotFoundError():
            return f"{repo} has no revision {revision!r}: check the branch, tag or commit"
        case GatedRepoError():
            return f"{repo} is gated: ask for access on its page, then log in with `hf auth login`"
        case RepositoryNotFoundError():
            return f"there is no {repo} on the Hub, or it is private: check the name, or run `hf auth login`"
        case HfHubHTTPError() if error.response.status_code in (401, 403):
            status = error.response.status_code
            return f"the Hub refuses access to {repo} ({status}): run `hf auth login` with a token that has the rights"
        case HfHubHTTPError() if error.response.status_code >= 500:
            return f"the Hub answered {error.response.status_code} for {repo}: try again later"
        case HFValidationError():
            return f"{repo!r} cannot be a repository's name: give 'owner/name'"
        case OfflineModeIsEnabled():
            return "offline mode forbids asking the Hub: connect and unset HF_HUB_OFFLINE"
        case LocalEntryNotFoundError():
            return "the Hub is not to be asked: leave local_files_only out"
        case _:
            return f"the transfer of {repo} failed ({one_line(error)}): check connection and disk, then try again"
