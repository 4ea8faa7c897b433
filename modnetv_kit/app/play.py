"""A play button for a figure with a slider, because Gradio drops plotly's animation frames."""

import gradio as gr

from .components import PRIVATE

PLAY, PAUSE = "▶ Play", "❚❚ Pause"
FRAME_MS = 100
"""Milliseconds for which a frame is shown, and what drawing the next one takes."""


def play_button(plot: str) -> gr.Button:
    """A button that moves the slider of a figure made by `viz.without_frames` on, from the last frame to the first.

    It goes on with whatever figure takes the place of this one, and waits while that is out of sight in another tab.

    Args:
        plot: `elem_id` of the `gr.Plot` that shows it.
    """
    button = gr.Button(PLAY, size="sm", elem_id=f"{plot}-play", elem_classes="play")
    button.click(None, None, button, js=_toggle(plot), **PRIVATE)
    return button


def _toggle(element: str) -> str:
    return f"""() => {{
      const holder = document.getElementById("{element}");
      if (holder.run) {{
        holder.run = null;
        return "{PLAY}";
      }}
      const run = holder.run = {{}};
      const turn = async () => {{
        if (holder.run !== run) return;
        const plot = holder.querySelector(".js-plotly-plot");
        const slider = plot?.layout?.sliders?.[0];
        if (slider && plot.offsetParent) {{
          const next = ((slider.active ?? 0) + 1) % slider.steps.length;
          const [pictures, traces] = slider.steps[next].args;
          await window.Plotly.update(plot, pictures, {{"sliders[0].active": next}}, traces);
        }}
        setTimeout(turn, {FRAME_MS});
      }};
      turn();
      return "{PAUSE}";
    }}"""
