"""Gradio's blocks with stricter checks of input."""

from typing import Any

import gradio as gr
from gradio.blocks import BlockFunction
from gradio.exceptions import InvalidPathError

from .status_html import refusal


class Page(gr.Blocks):
    """Blocks that accept uploads only, and reject other values with one line.

    Gradio itself would download what an address names, into memory and whatever its size.
    """

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """From what the browser sent to what a function takes; see `gradio.Blocks`.

        Raises:
            gradio.Error: a file is an address, was not uploaded to this app, or cannot be opened as what it should be.
        """
        if any(_names_an_address(value) for value in inputs):
            raise refusal("give a file, not an address")
        try:
            values: list[Any] = await super().preprocess_data(block_fn, inputs, state, explicit_call)
            return values
        except gr.Error:
            raise
        except InvalidPathError:
            raise refusal("this file was not uploaded here; choose it again") from None
        except Exception as error:
            raise refusal("what was sent cannot be read: check that the file opens elsewhere") from error


def _names_an_address(value: Any) -> bool:
    """Whether a file in `value`, however deep, is an address."""
    if isinstance(value, dict):
        path = value.get("path")
        if isinstance(path, str) and "://" in path:
            return True
        return any(_names_an_address(part) for part in value.values())
    return isinstance(value, list) and any(_names_an_address(part) for part in value)
