"""What members did, as a file that can be played again: to a changed bot, or in a test."""
