"""The Hugging Face Space."""

from modnetv_kit.app import launch

if __name__ == "__main__":
    launch()
