"""Gradio blocks with stricter input validation."""

from typing import Any

import gradio as gr
from gradio.blocks import BlockFunction
from gradio.exceptions import InvalidPathError

from .status_html import refusal


class Page(gr.Blocks):
    """Blocks that accept only uploaded files, and reject others with a one-line error.

    Gradio itself would download any address, of any size, into memory.
    """

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """Convert what the browser sent to a function's inputs; see `gradio.Blocks`.

        Raises:
            gradio.Error: a file is an address, was not uploaded to this app, or does not have the expected type.
        """
        if any(_has_address(value) for value in inputs):
            raise refusal("give a file, not an address")
        if state is not None:
            inputs = [caught_up(*given, state) for given in zip(block_fn.inputs, inputs, strict=False)]
        try:
            values: list[Any] = await super().preprocess_data(block_fn, inputs, state, explicit_call)
            return values
        except gr.Error:
            raise
        except InvalidPathError:
            raise refusal("this file was not uploaded here; choose it again") from None
        except Exception as error:
            raise refusal("the input cannot be read: check that the file opens elsewhere") from error


def caught_up(field: Any, value: Any, state: Any) -> Any:
    """A field's value, or one that fits if the field has changed and the page has not followed yet.

    When a function changes what a field accepts, Gradio changes it on the server first. A button that is pressed before
    the page has followed would be refused.

    Args:
        field: as the page was built.
        value: what the page sent.
        state: of the session, with the fields as they are now.

    Returns:
        A slider's value within its range, and the present choice of a radio group that no longer has the sent one.
    """
    now = state.get(field._id)
    if field.stateful or now is None or now is field:  # other values are wrong, not late
        return value
    if isinstance(now, gr.Slider) and isinstance(value, int | float):
        return min(max(value, now.minimum), now.maximum)
    if isinstance(now, gr.Radio) and value not in [choice for _, choice in now.choices]:
        return now.value
    return value


def _has_address(value: Any) -> bool:
    """Whether a file in `value`, at any depth, is an address."""
    if isinstance(value, dict):
        path = value.get("path")
        if isinstance(path, str) and "://" in path:
            return True
        return any(_has_address(part) for part in value.values())
    return isinstance(value, list) and any(_has_address(part) for part in value)
