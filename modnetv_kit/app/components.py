"""Components that several tabs share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from .examples import example_background

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of events that only the page uses; the public endpoints are in `endpoints.py`."""
PLAYER = "upload-player"
"""CSS class of players of uploaded videos; assets/upload_player.js looks for it."""

NAMES = {
    "colour": "Colour",
    "blur": "Blur",
    "picture": "Picture",
    "video": "Video",
    "transparent": "Transparent",
}
COLOUR = "#8fb8a8"
SWATCHES = {"green": "#00b140", "blue": "#0047bb", "white": "#ffffff", "black": "#000000", "grey": "#808080"}
"""Chroma-key green and blue, and common backdrops of portraits."""


def bring_into_view(element: str, block: str = "nearest") -> str:
    """JavaScript for an event that scrolls an element into view, since on a phone it may be off screen.

    The page keeps following the element as it grows, until the user scrolls.

    Args:
        element: id of the element.
        block: "nearest" scrolls no farther than necessary, "start" aligns the element with the top.
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
    """The choice of a background, and the fields of each kind."""

    kind: gr.Radio
    colour: gr.ColorPicker
    picture: gr.Image
    video: gr.Video | None

    @property
    def inputs(self) -> list[gr.components.Component]:
        """Inputs for an event: kind, colour, picture and, if it is a choice, video."""
        fields = [self.kind, self.colour, self.picture]
        return [*fields, self.video] if self.video else fields


def background_picker(kinds: Sequence[str], value: str = "colour", name: str = "behind") -> BackgroundPicker:
    """Build the choice of a background; only the field of the chosen kind is visible.

    Args:
        kinds: of background to choose from.
        value: the kind chosen at first.
        name: begins the `elem_id` of the field for a video, unique on the page.
    """
    kind = gr.Radio(
        [(NAMES[name], name) for name in kinds],
        value=value,
        label="New background",
        info="Blur keeps the original background, out of focus. Transparent is for video editing and web pages.",
    )
    with gr.Column(visible=value == "colour") as colour_fields:
        colour = gr.ColorPicker(COLOUR, label="Colour")
        with gr.Row(elem_classes="swatches"):
            for colour_name, code in SWATCHES.items():
                swatch = gr.Button(colour_name, size="sm", min_width=40, elem_classes=f"swatch-{colour_name}")
                swatch.click(None, None, colour, js=f"() => '{code}'", **PRIVATE)
    with gr.Column(visible=False) as picture_fields:
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
            elem_id=f"{name}-video",
            elem_classes=["behind-video", PLAYER],
        )

    def show(chosen: str) -> list[Any]:
        updates = [gr.Column(visible=chosen == "colour"), gr.Column(visible=chosen == "picture")]
        return [*updates, gr.Video(visible=chosen == "video")] if video else updates

    kind.change(show, kind, [colour_fields, picture_fields, *([video] if video else [])], queue=False, **PRIVATE)
    return BackgroundPicker(kind, colour, picture, video)


def time_field(label: str, default: str) -> gr.Textbox:
    """A text field for a time in the video; a number field would show 0 when empty, and not accept minutes.

    Args:
        label: of the field.
        default: meaning of an empty field.
    """
    return gr.Textbox(label=label, placeholder=f"{default}; or 12, or 1:05.5", max_lines=1, min_width=140)


def file_of(kind: str, picture: str | None, video: str | None = None) -> str | None:
    """The file for the chosen kind of background."""
    return {"picture": picture, "video": video}.get(kind)
