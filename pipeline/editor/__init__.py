"""What editors do: begin an episode, check, format, import and compare transcripts, manage people and voices."""
