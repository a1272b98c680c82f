"""What members do to the app besides talking: commands, shortcuts, buttons, modals, Home tab."""
