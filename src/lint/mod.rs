//! Rules beyond validity, one file each, and their suppression.
