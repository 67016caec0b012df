"""What the page says and how it looks; app.py puts it together."""
