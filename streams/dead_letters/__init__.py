"""Dead letters as somebody looks at them and decides about them."""
