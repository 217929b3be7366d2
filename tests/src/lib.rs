//! Does the whole keep its promises? What the tests of the whole house share.
//! It must never know anything that production code needs.
