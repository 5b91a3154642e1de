namespace Blindsight.Mpc.GarbledCircuits;

/// <summary>
/// A wire while a circuit is being built: another wire's value or its inverse, or a constant. Inversion and constants cost nothing, neither in
/// gates nor in ciphertexts.
/// </summary>
/// <param name="Id">Of the gate or input that drives it; negative for a constant.</param>
/// <param name="Inverted">Whether the value is inverted; of a constant, the value itself.</param>
public readonly record struct Wire(int Id, bool Inverted)
{
    public static Wire Zero => new(-1, false);
    public static Wire One => new(-1, true);

    public bool IsConstant => Id < 0;

    public static Wire operator !(Wire wire) => wire with { Inverted = !wire.Inverted };

    /// <summary>A constant bit.</summary>
    public static Wire Constant(bool value) => value ? One : Zero;
}
