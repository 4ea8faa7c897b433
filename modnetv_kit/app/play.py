"""A play button for a figure with a slider, because Gradio drops plotly's animation frames."""

import gradio as gr

from .components import PRIVATE

PLAY, PAUSE = "▶ Play", "❚❚ Pause"
FRAME_MS = 100
"""Milliseconds between drawing one frame and starting the next."""


def play_button(plot: str) -> gr.Button:
    """A button that plays a figure made by `viz.without_frames` in a loop, by moving its slider.

    Playback continues when another figure replaces this one, and pauses while it is hidden in another tab.

    Args:
        plot: `elem_id` of the `gr.Plot` that shows the figure.
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
      const step = async () => {{
        if (holder.run !== run) return;
        const plot = holder.querySelector(".js-plotly-plot");
        const slider = plot?.layout?.sliders?.[0];
        if (slider && plot.offsetParent) {{
          const next = ((slider.active ?? 0) + 1) % slider.steps.length;
          const [pictures, traces] = slider.steps[next].args;
          await window.Plotly.update(plot, pictures, {{"sliders[0].active": next}}, traces);
        }}
        setTimeout(step, {FRAME_MS});
      }};
      step();
      return "{PAUSE}";
    }}"""
