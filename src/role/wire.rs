//! Roles and artifacts as they lie in the store: cut into chunks, joined again, verified.
//!
//! The first chunk of a role begins with a line of JSON: its format, the number of chunks, size and SHA-256 of what
//! follows. So a newer format, a missing chunk and a damaged byte are told apart before anything else is believed.
//! An artifact's chunks are its bytes alone: its key holds its digest.

use serde::{Deserialize, Serialize};

use super::verify::verify;
use super::{FORMAT, Role, RoleError, canonical_json, sha256_hex};

/// The largest chunk in bytes: with its key and the line in front it stays below 1 MiB, and etcd takes 1.5 MiB.
pub const CHUNK: usize = (1 << 20) - (16 << 10);

/// What stands before a role in its first chunk. Fields that a later khor adds are not looked at.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    format: u32,
    chunks: usize,
    bytes: usize,
    sha256: String,
}

/// A role as canonical JSON.
pub fn encode(role: &Role) -> Vec<u8> {
    canonical_json(role)
}

/// A role from its JSON, verified: every guard and cue of it exists and local guards are acyclic.
pub fn decode(document: &[u8]) -> Result<Role, RoleError> {
    /// Read first, and alone: what a newer format holds beside it is not known.
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let no_role = |error: &serde_json::Error| {
        RoleError::corrupt(match error.classify() {
            serde_json::error::Category::Data => format!(
                "it does not have the form of a role (line {}, column {})",
                error.line(),
                error.column()
            ),
            _ => format!(
                "it is not JSON (line {}, column {})",
                error.line(),
                error.column()
            ),
        })
    };
    let Format { format } = serde_json::from_slice(document).map_err(|error| no_role(&error))?;
    if format > FORMAT {
        return Err(RoleError::TooNew { found: format });
    }
    let role = serde_json::from_slice(document).map_err(|error| no_role(&error))?;
    verify(&role)?;
    Ok(role)
}

/// A role's chunks, for the keys `0`, `1`, … below [`keys::role`](super::keys::role).
pub fn split(role: &Role) -> Vec<Vec<u8>> {
    let document = encode(role);
    let parts = split_blob(&document);
    let head = Head {
        format: role.format,
        chunks: parts.len(),
        bytes: document.len(),
        sha256: sha256_hex(&document),
    };
    let mut first = canonical_json(&head);
    first.push(b'\n');
    let mut chunks: Vec<Vec<u8>> = parts.into_iter().map(<[u8]>::to_vec).collect();
    first.append(&mut chunks[0]);
    chunks[0] = first;
    chunks
}

/// The role whose chunks these are, verified. Each comes with its key, or with the last segment of it; other keys
/// and the order do not matter.
pub fn join<'a>(chunks: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Role, RoleError> {
    let chunks = in_order(chunks)?;
    let first = chunks[0];
    let end = first
        .iter()
        .take(4096)
        .position(|&byte| byte == b'\n')
        .ok_or_else(|| RoleError::corrupt("its first line is missing"))?;
    let head: Head = serde_json::from_slice(&first[..end])
        .map_err(|_| RoleError::corrupt("its first line does not say what follows"))?;
    if head.format > FORMAT {
        return Err(RoleError::TooNew { found: head.format });
    }
    if chunks.len() != head.chunks {
        return Err(RoleError::Incomplete {
            have: chunks.len().min(head.chunks),
            want: head.chunks,
        });
    }
    let mut document = first[end + 1..].to_vec();
    for chunk in &chunks[1..] {
        document.extend_from_slice(chunk);
    }
    if document.len() != head.bytes {
        return Err(RoleError::corrupt(format!(
            "it has {} bytes where {} were published",
            document.len(),
            head.bytes
        )));
    }
    if sha256_hex(&document) != head.sha256 {
        return Err(RoleError::corrupt(
            "its content does not have the digest it was published with",
        ));
    }
    decode(&document)
}

/// The chunks of an artifact (or of any bytes); an empty one has one empty chunk.
pub fn split_blob(bytes: &[u8]) -> Vec<&[u8]> {
    if bytes.is_empty() {
        vec![bytes]
    } else {
        bytes.chunks(CHUNK).collect()
    }
}

/// The artifact of this digest from its chunks, verified. Each comes with its key, or with the last segment of it.
pub fn join_blob<'a>(
    sha256: &str,
    chunks: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<Vec<u8>, RoleError> {
    let bytes = in_order(chunks)?.concat();
    if sha256_hex(&bytes) != sha256 {
        return Err(RoleError::corrupt(
            "its content does not have the digest it is named by",
        ));
    }
    Ok(bytes)
}

/// The chunks by number, from 0 without a gap.
fn in_order<'a>(chunks: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<&'a [u8]>, RoleError> {
    let mut numbered: Vec<(usize, &[u8])> = Vec::new();
    for (key, chunk) in chunks {
        let last = key.rsplit('/').next().unwrap_or(key);
        // Only the form that is written: no sign, no leading zero.
        if let Ok(number) = last.parse::<usize>()
            && number.to_string() == last
        {
            numbered.push((number, chunk));
        }
    }
    if numbered.is_empty() {
        return Err(RoleError::Missing);
    }
    numbered.sort_unstable_by_key(|(number, _)| *number);
    let have = numbered.len();
    if numbered.iter().enumerate().all(|(at, (number, _))| at == *number) {
        Ok(numbered.into_iter().map(|(_, chunk)| chunk).collect())
    } else {
        Err(RoleError::Incomplete {
            have,
            want: numbered[have - 1].0.saturating_add(1).max(have + 1),
        })
    }
}
