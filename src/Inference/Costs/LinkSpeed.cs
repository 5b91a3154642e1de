namespace Blindsight.Inference.Costs;

/// <summary>What a link adds to the machine's own loopback, each direction by itself.</summary>
/// <param name="BitsPerSecond">Serialisation rate; infinite for none.</param>
/// <param name="DelayMs">Propagation delay one way.</param>
public readonly record struct LinkSpeed(double BitsPerSecond, double DelayMs)
{
    /// <summary>Loopback as it is.</summary>
    public static LinkSpeed None { get; } = new(double.PositiveInfinity, 0);
}
