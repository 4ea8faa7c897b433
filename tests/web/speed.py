"""`python tests/web/speed.py` measures the page's session in Chromium: ms a frame at 512 x 288, after `make web`."""

import statistics
import sys
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from real_browser import CHROMIUM, FLAGS

from modnetv_kit.web import PageServer, built_page

MEASURE = """async ([width, height]) => {
  const { Networks } = await import("/js/networks.js");
  const { MattingSession } = await import("/js/session.js");
  const networks = await Networks.open();
  const session = new MattingSession(networks);
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i * 2654435761) >>> 24);
  const [whole, step] = [[], []];
  const run = networks.step.bind(networks);
  networks.step = async (...given) => {
    const begun = performance.now();
    const out = await run(...given);
    step.push(performance.now() - begun);
    return out;
  };
  for (let i = 0; i < 68; i++) {
    const begun = performance.now();
    await session.step({ data, width, height });
    whole.push(performance.now() - begun);
  }
  return [networks.description, whole.slice(8), step.slice(8)];
}"""


def main() -> None:
    """Print the median and the fastest of 60 frames, after 8 to warm up."""
    with PageServer(built_page(), "127.0.0.1", 0) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page()
        page.goto(server.url)
        description, whole, step = page.evaluate(MEASURE, [512, 288])
        for name, times in {"session": whole, "step alone": step}.items():
            print(f"{name} {description}: median {statistics.median(times):.0f} ms, fastest {min(times):.0f} ms")
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
