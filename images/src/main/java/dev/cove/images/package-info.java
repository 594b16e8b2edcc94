/// Images and root disks: builds images of Debian packages, takes foreign ones in, keeps them
/// verified, clones a VM's disk of them without copying, keeps VMs at rest, and puts one into a
/// file. Start with [ImageStore], [DiskPool], [SnapshotPool] and [ExportFile].
@NullMarked
package dev.cove.images;

import org.jspecify.annotations.NullMarked;
