"""Interactions with the app: commands, shortcuts, buttons, modals and the Home tab."""
