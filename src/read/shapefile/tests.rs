//! Real files, damaged files, and files written by other programs.
