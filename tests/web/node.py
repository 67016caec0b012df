"""Read images in Chromium, to compare with Python."""


def read_in_browser(engine, site, images, function="readImages"):
    """Call a function of the harness with images (H, W) or (H, W, C)."""
    places, offset = [], 0
    for image in images:
        height, width, channels = (*image.shape, 1)[:3]
        places.append({"width": width, "height": height, "channels": channels, "offset": offset})
        offset += image.size
    (site / "images").write_bytes(b"".join(image.tobytes() for image in images))
    return engine(function, "images", places)
