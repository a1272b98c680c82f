"""What members do with shortcuts, modals and buttons, one module for each of them."""
