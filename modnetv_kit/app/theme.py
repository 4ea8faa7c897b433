"""The look: calm, with the system's own fonts so that nothing is fetched from elsewhere, light and dark."""

import gradio as gr

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
MONO = ["ui-monospace", "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "monospace"]


def theme() -> gr.themes.Base:
    """Slate and teal, soft corners."""
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
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
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
    )


CSS = """
.gradio-container { max-width: 1180px !important; margin: 0 auto !important; }
#title h1 { font-size: 1.7rem; font-weight: 650; margin: .6rem 0 .1rem; letter-spacing: -.01em; }
#title p { color: var(--body-text-color-subdued); margin: 0 0 .4rem; }
#fine-print, #fine-print p { color: var(--body-text-color-subdued); font-size: .85rem; }
.html-container { padding: 0 !important; }
.hint, .hint p { color: var(--body-text-color-subdued); font-size: .9rem; margin: 0; }
.panel { border: 1px solid var(--border-color-primary); border-radius: var(--radius-lg); padding: .9rem 1rem;
  background: var(--block-background-fill); color: var(--body-text-color); }
.panel.busy { min-height: 12rem; }
#status, #picture-answer { scroll-margin-block: 1rem; }
.panel p { margin: .2rem 0; overflow-wrap: anywhere; }
.panel img { display: block; max-width: 100%; max-height: 45vh; margin: 0 auto .7rem; border-radius: var(--radius-md); }
.panel.idle { border-style: dashed; color: var(--body-text-color-subdued); text-align: center; padding: 2.2rem 1rem; }
.panel.problem { border-left: 4px solid #b45309; }
.panel.done { border-left: 4px solid var(--primary-600); }
.panel .bar { height: .5rem; border-radius: 1rem; background: var(--border-color-primary); overflow: hidden; }
.panel .bar span { display: block; height: 100%; background: var(--primary-600); transition: width .25s linear; }
.live img { width: 100%; max-width: 720px; max-height: none; }
#source video { max-height: 320px; }
/* trimming in the browser does not finish everywhere, and the fields for start and end do the same */
#source button[aria-label^="Trim"], #source button[aria-label^="Reset"] { display: none; }
#results video { max-height: 400px; width: 100%; }
#plate img { width: auto; height: auto; max-width: 100%; max-height: 400px; margin: auto;
  background: repeating-conic-gradient(#ccc 0% 25%, #fff 0% 50%) 0 0 / 20px 20px; }
.play { flex: none !important; width: 8rem !important; }
#inside-results .modebar, .icon-button-wrapper:not(:has(button, a)) { display: none !important; }
.tab-wrapper, .wide { width: 0; min-width: 100% !important; overflow-x: auto; }
footer { margin-top: 1rem; }
@media (max-width: 640px) {
  #title h1 { font-size: 1.35rem; }
  .tab-container button { padding-inline: .7rem !important; }
  button.sm { padding-inline: .3rem !important; font-size: .75rem !important; }
  #live { flex-direction: column; }
  #live-left { display: contents; }
  #live-left > * { order: 2; }
  #camera { order: 0; }
  #live-right { order: 1; }
}
"""

# Gradio would announce "Video not playable", also of videos that only this browser does not know (HEVC, ProRes); what
# the app itself makes of a video stands below it. And CSS reaches only what is inside the page's margins: not these
# themselves, nor the footer, where a phone shows one entry alone.
HEAD = """<script>
document.addEventListener("error", (event) => {
  if (event.target.closest?.("#source")) event.stopImmediatePropagation();
}, true);
</script>
<style>@media (max-width: 640px) {
  .gradio-container .main.fillable { padding-inline: .75rem !important; }
  footer .divider { display: none; }
}</style>"""
