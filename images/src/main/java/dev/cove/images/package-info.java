/// Images and root disks: builds images of Debian packages, takes foreign ones in, keeps them
/// verified, and clones a VM's disk of them without copying. Start with [ImageStore] and
/// [DiskPool]; the built-in recipes are among the resources.
@NullMarked
package dev.cove.images;

import org.jspecify.annotations.NullMarked;
