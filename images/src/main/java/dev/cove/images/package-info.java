/// Images and root disks: builds images of Debian packages, takes foreign ones in, keeps them
/// verified, clones a VM's disk of them without copying, and keeps VMs at rest. Start with
/// [ImageStore], [DiskPool] and [SnapshotPool]; the built-in recipes are among the resources.
@NullMarked
package dev.cove.images;

import org.jspecify.annotations.NullMarked;
