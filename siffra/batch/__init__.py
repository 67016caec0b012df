"""From many images to a table of answers: streamed, parallel, and resumed where it stopped."""
