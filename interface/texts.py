"""Every text of the page, in English and in Swedish."""

from pathlib import Path
from typing import Final

import gradio as gr


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


ENGLISH: Final = {
    "subtitle": "Draw a digit or a number, and it is read.",
    "draw": "Draw",
    "photo": "Photo or file",
    "from_code": "From code",
    "about": "About",
    "invitation": "Draw a digit or a number: large or small, anywhere on the pad.",
    "photo_invitation": "Choose, drop or paste a picture of a digit or a number, or take a photo.",
    "unsure": "Unsure: this may not be one digit. The likeliest is",
    "not_an_image": "Not read. Choose a picture of a digit or a number.",
    "not_taken": "The picture did not arrive. A file may have at most 10 MB; if it is smaller, try "
    "again in a minute.",
    "no_answer": "No answer. Something went wrong here. Draw on, or try again in a minute.",
    "loading": "The model is not loaded yet. Draw on, or try again in a minute.",
    "answer": "Answer",
    "seen": "What the model sees: 28 x 28 pixels",
    "number": "A number, right with a probability of",
    "unsure_number": "Unsure: this may be the number",
    "how": "How it got there",
    "step_gray": "gray, the margin cut",
    "step_foreground": "the ink, bright",
    "step_binary": "ink or paper",
    "step_strokes": "strokes of equal width",
    "step_digit": "upright, 28 x 28",
    "step_edges": "the edges",
    "step_scores": "a score for each digit",
    "step_votes": "the trees' votes",
    "undo": "Undo",
    "redo": "Redo",
    "eraser": "Eraser",
    "clear": "Clear",
    "pad": "Sketch pad",
    "picture": "A digit or a number, on paper or on a screen",
    "examples": "Examples",
    "example": "Example",
    "wrong": "Wrong answer?",
    "consent": "If you send a correction, your picture, the answer and the right digit are stored, "
    "so that a later model can learn from them. Otherwise nothing is stored.",
    "it_was": "It was a ...",
    "send": "Store the picture and the digit",
    "thanks": "Thank you. It is stored.",
    "nothing_to_send": "Draw a digit and choose what it was, then send.",
    "not_stored": "It could not be stored. Please try again later.",
    "running": "Running:",
    "it_read": "It read",
    "of_test": "of MNIST's test images",
    "of_strokes": "of drawings of unseen writers",
    "matrix": "What it read, column by column, when the digit was that of the row: MNIST's test "
    "images.",
    "about_text": _read("about.md"),
    "snippets": _read("snippets.md"),
}

SWEDISH: Final = {
    "subtitle": "Rita en siffra eller ett tal, så läses det.",
    "draw": "Rita",
    "photo": "Foto eller fil",
    "from_code": "Från kod",
    "about": "Om",
    "invitation": "Rita en siffra eller ett tal: stort eller litet, var som helst på ytan.",
    "photo_invitation": "Välj, släpp eller klistra in en bild av en siffra eller ett tal, eller ta "
    "ett foto.",
    "unsure": "Osäker: det är kanske inte en siffra. Troligast är",
    "not_an_image": "Inte läst. Välj en bild av en siffra eller ett tal.",
    "not_taken": "Bilden kom inte fram. En fil får vara på högst 10 MB; är den mindre, försök igen "
    "om en stund.",
    "no_answer": "Inget svar. Något gick fel här. Rita vidare, eller försök igen om en stund.",
    "loading": "Modellen är inte laddad än. Rita vidare, eller försök igen snart.",
    "answer": "Svar",
    "seen": "Vad modellen ser: 28 x 28 bildpunkter",
    "number": "Ett tal, rätt med sannolikheten",
    "unsure_number": "Osäker: det är kanske talet",
    "how": "Så gick det till",
    "step_gray": "grå, marginalen bortskuren",
    "step_foreground": "bläcket, ljust",
    "step_binary": "bläck eller papper",
    "step_strokes": "lika breda streck",
    "step_digit": "upprätt, 28 x 28",
    "step_edges": "konturerna",
    "step_scores": "poäng för varje siffra",
    "step_votes": "trädens röster",
    "undo": "Ångra",
    "redo": "Gör om",
    "eraser": "Sudd",
    "clear": "Rensa",
    "pad": "Rityta",
    "picture": "En siffra eller ett tal, på papper eller på en skärm",
    "examples": "Exempel",
    "example": "Exempel",
    "wrong": "Fel svar?",
    "consent": "Om du skickar en rättelse sparas din bild, svaret och den rätta siffran, så "
    "att en senare modell kan lära av dem. Annars sparas ingenting.",
    "it_was": "Det var en ...",
    "send": "Spara bilden och siffran",
    "thanks": "Tack. Den är sparad.",
    "nothing_to_send": "Rita en siffra och välj vad det var, skicka sedan.",
    "not_stored": "Den kunde inte sparas. Försök igen senare.",
    "running": "Kör:",
    "it_read": "Den läste",
    "of_test": "av MNIST:s testbilder",
    "of_strokes": "av teckningar av okända skribenter",
    "matrix": "Vad den läste, kolumn för kolumn, när siffran var radens: MNIST:s testbilder.",
    "about_text": _read("about.sv.md"),
    "snippets": _read("snippets.sv.md"),
}

text = gr.I18n(en=ENGLISH, sv=SWEDISH)


def word(key: str) -> str:
    """Return a text inside HTML; the page translates it, as it may hold several."""
    return f'<span data-text="{key}">{ENGLISH[key]}</span>'
