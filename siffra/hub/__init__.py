"""The Hugging Face Hub: download, publishing, and Spaces."""
