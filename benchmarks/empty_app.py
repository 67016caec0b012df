"""The smallest Gradio app with a /predict endpoint: what Gradio itself costs."""

import gradio as gr

demo = gr.Interface(lambda image: {"0": 1.0}, gr.Image(type="pil"), gr.Label(), api_name="predict")

if __name__ == "__main__":
    demo.launch()
