//! Grammar as data: what keynames an entity has, of what kind, since and until which version; and the one walker that
//! holds a tree against such tables. Both front ends bring tables, neither brings a walker.
