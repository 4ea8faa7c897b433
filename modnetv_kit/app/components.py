"""Components that several tabs share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from .examples import example_background

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Of events that belong to the page alone; what programs may call is in `endpoints.py`."""

NAMES = {
    "colour": "Colour",
    "blur": "Blur",
    "picture": "Picture",
    "video": "Video",
    "transparent": "Transparent",
}
COLOUR = "#8fb8a8"
SWATCHES = {"green": "#00b140", "blue": "#0047bb", "white": "#ffffff", "black": "#000000", "grey": "#808080"}
"""Chroma key's green and blue, and what people put behind portraits."""


def bring_into_view(element: str, block: str = "nearest") -> str:
    """JavaScript for an event: on a phone what answers a button may be out of sight, and grows as pictures come.

    The page follows the element until the person moves it.

    Args:
        element: its id.
        block: "nearest" moves the page no farther than it must, "start" puts the element on top.
    """
    return f"""(...inputs) => {{
      const target = document.getElementById("{element}");
      target.follower?.disconnect();
      const show = () => target.scrollIntoView({{block: "{block}", behavior: "smooth"}});
      const follower = target.follower = new ResizeObserver(show);
      follower.observe(target);
      for (const moved of ["wheel", "touchmove", "keydown"])
        addEventListener(moved, () => follower.disconnect(), {{once: true, passive: true}});
      return inputs;
    }}"""


@dataclass(frozen=True)
class BackgroundPicker:
    """The choice of a background, and the fields of each choice."""

    kind: gr.Radio
    colour: gr.ColorPicker
    picture: gr.Image
    video: gr.Video | None

    @property
    def inputs(self) -> list[gr.components.Component]:
        """Inputs for an event: kind, colour, picture and, if it can be chosen, video."""
        fields = [self.kind, self.colour, self.picture]
        return [*fields, self.video] if self.video else fields


def background_picker(kinds: Sequence[str], value: str = "colour") -> BackgroundPicker:
    """Build the choice of a background; only the field of the chosen kind is visible."""
    kind = gr.Radio(
        [(NAMES[name], name) for name in kinds],
        value=value,
        label="New background",
        info="Blur keeps the place but out of focus. Transparent is for video editing and web pages.",
    )
    with gr.Column(visible=value == "colour") as of_colour:
        colour = gr.ColorPicker(COLOUR, label="Colour")
        with gr.Row(elem_classes="swatches"):
            for name, code in SWATCHES.items():
                swatch = gr.Button(name, size="sm", min_width=40, elem_classes=f"swatch-{name}")
                swatch.click(None, None, colour, js=f"() => '{code}'", **PRIVATE)
    with gr.Column(visible=False) as of_picture:
        picture = gr.Image(
            label="Picture for the background",
            type="filepath",
            image_mode=None,
            sources=["upload", "clipboard"],
            height=180,
        )
        evening = gr.Button("Use a drawn evening sky", size="sm")
    evening.click(lambda: str(example_background()), None, picture, **PRIVATE)
    video = None
    if "video" in kinds:
        video = gr.Video(
            label="Video for the background (repeats if it is short)",
            sources=["upload"],
            height=180,
            visible=False,
            elem_classes="behind-video",
        )

    def show(chosen: str) -> list[Any]:
        updates = [gr.Column(visible=chosen == "colour"), gr.Column(visible=chosen == "picture")]
        return [*updates, gr.Video(visible=chosen == "video")] if video else updates

    kind.change(show, kind, [of_colour, of_picture, *([video] if video else [])], queue=False, **PRIVATE)
    return BackgroundPicker(kind, colour, picture, video)


def time_field(label: str, nothing: str) -> gr.Textbox:
    """A time in the video, as text. A number field would show 0 for no value, and does not accept minutes.

    Args:
        label: of the field.
        nothing: what an empty field means.
    """
    return gr.Textbox(label=label, placeholder=f"{nothing}; or 12, or 1:05.5", max_lines=1, min_width=140)


def file_of(kind: str, picture: str | None, video: str | None = None) -> str | None:
    """The file that belongs to the chosen kind of background."""
    return {"picture": picture, "video": video}.get(kind)
