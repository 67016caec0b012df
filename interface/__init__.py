"""The Gradio app: the page, its endpoints, and the guard in front of them."""
