"""What a test does as a member, and expects of the app: click, submit, expect."""
