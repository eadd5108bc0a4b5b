def listeners_page(report, frame):
    return "<!doctype html><title>x</title>"
