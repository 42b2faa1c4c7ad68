"""How good the language steps are, by the labelled data there is: one file a section of the page."""
