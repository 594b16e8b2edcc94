package dev.cove.core.control;

import dev.cove.core.Name;
import dev.cove.core.Shape;
import java.time.Duration;

/// What a VM gets when nobody says otherwise.
///
/// @param grace how long a guest may take to shut down
/// @param mostVms how many VMs there may be
public record Usual(Name image, Shape shape, Duration grace, int mostVms) {}
