"""What a page sends that has not followed a change of its fields yet."""

import asyncio
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from modnetv_kit.app.page import Page


def test_values_of_before_a_change_fit_and_wrong_values_of_unchanged_fields_are_refused() -> None:
    with Page() as page:
        form = gr.Radio(["mp4", "gif"], value="mp4")
        frame = gr.Slider(0, 99, 0, step=1)
        button = gr.Button()
        event = button.click(lambda *values: values, [form, frame])
    function = page.fns[event["id"]]
    state = SessionState(page)

    def received(*sent: Any) -> list[Any]:
        return asyncio.run(page.preprocess_data(function, list(sent), state))

    assert received("gif", 50) == ["gif", 50]
    for wrong in (("webm", 50), ("gif", 100)):
        with pytest.raises(gr.Error):
            received(*wrong)
    state[form._id] = gr.Radio(["webm", "mov"], value="webm", render=False)  # as Gradio does after an update
    state[frame._id] = gr.Slider(0, 24, 12, step=1, render=False)
    assert received("mp4", 99) == ["webm", 24]
    assert received("mov", 7) == ["mov", 7]
