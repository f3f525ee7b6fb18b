//! Files of this machine, for the compiler: the one [`Loader`](crate::source::Loader) that does IO.
