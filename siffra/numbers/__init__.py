"""Whole numbers: find the digits of a drawing or photo, and read each of them."""
