//! What is particular to sqlite: several processes on one file, a killed holder of a lease, bad files.
