"""The light and dark theme, with system fonts so that nothing is loaded from other hosts."""

import os
from pathlib import Path

import gradio as gr

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
MONO = ["ui-monospace", "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "monospace"]


def theme() -> gr.themes.Base:
    """Slate and teal with rounded corners."""
    look = gr.themes.Soft(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        font=SANS,
        font_mono=MONO,
        text_size="md",
        radius_size="lg",
    )
    return look.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        block_shadow="none",
        block_shadow_dark="none",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        block_title_background_fill="transparent",
        block_title_background_fill_dark="transparent",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        block_title_text_weight="600",
        block_title_padding="0",
        block_label_background_fill="*neutral_50",
        block_label_background_fill_dark="*neutral_900",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_label_text_weight="500",
        checkbox_label_shadow="none",
        checkbox_label_padding="6px 10px",
        checkbox_label_gap="6px",
        checkbox_label_border_width="1px",
        checkbox_label_background_fill_selected="*primary_700",
        checkbox_label_background_fill_selected_dark="*primary_700",
        checkbox_label_text_color_selected="white",
        button_secondary_shadow="none",
        button_secondary_shadow_hover="none",
        button_primary_shadow="none",
        button_border_width="1px",
        button_primary_border_color="*primary_700",
        button_primary_border_color_hover="*primary_800",
        button_primary_border_color_dark="*primary_600",
        button_primary_border_color_hover_dark="*primary_500",
        button_secondary_border_color="*neutral_200",
        button_secondary_border_color_dark="*neutral_700",
        slider_color="*primary_600",
        # contrast of at least 4.5:1 for text and 3:1 for controls
        color_accent="*primary_700",
        link_text_color="*primary_700",
        link_text_color_hover="*primary_800",
        link_text_color_visited="*primary_700",
        link_text_color_active="*primary_800",
        link_text_color_dark="*primary_300",
        link_text_color_hover_dark="*primary_200",
        link_text_color_visited_dark="*primary_300",
        link_text_color_active_dark="*primary_200",
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        checkbox_border_color_hover="*neutral_600",
    )


_ASSETS = Path(__file__).parent / "assets"
CSS = (_ASSETS / "style.css").read_text()


TITLE = "Cut people out of videos | modnetv_kit"
SUMMARY = "No green screen, and the background comes back as a picture."
PICTURE = _ASSETS / "og.jpg"
"""The preview picture for links to the page, served as /og.jpg."""


def head() -> str:
    """The <head> of the page: metadata for link previews, and a few scripts."""
    host = os.environ.get("SPACE_HOST")
    picture = f"https://{host}/og.jpg" if host else "/og.jpg"
    tags = {"og:title": TITLE, "og:description": SUMMARY, "og:image": picture, "og:type": "website"}
    return "".join(f'<meta property="{name}" content="{content}">' for name, content in tags.items()) + SCRIPTS


# Gradio scopes CSS to the page's content, so rules for its margins and the footer are here. On a phone the footer shows
# a single entry.
SCRIPTS = (
    "".join(f"<script>{(_ASSETS / name).read_text()}</script>" for name in ("wipe.js", "upload_player.js"))
    + """<script>
// Gradio calls the camera's button "Record", but nothing is recorded
const nameCameraButton = () => {
  const texts = document.createTreeWalker(document.querySelector("#camera") ?? document.head, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.data.trim() === "Record") texts.currentNode.data = "Start";
};
const watchCamera = () => {
  new MutationObserver(nameCameraButton).observe(document.body, {subtree: true, childList: true, characterData: true});
  nameCameraButton();
};
document.readyState === "loading" ? addEventListener("DOMContentLoaded", watchCamera) : watchCamera();
</script>
<style>@media (max-width: 640px) {
  .gradio-container .main.fillable { padding-inline: .75rem !important; }
  footer .divider { display: none; }
  .gradio-container { padding-bottom: 4.5rem !important; }
}</style>"""
)
