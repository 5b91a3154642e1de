namespace Blindsight.Attestation;

/// <summary>Evidence was refused, or could not be collected. The only exception that hostile bytes can cause.</summary>
public sealed class AttestationException : Exception
{
    /// <param name="fault">The named reason.</param>
    /// <param name="place">Which certificate, statement or field.</param>
    /// <param name="message">The quantity, the limit and the unit.</param>
    /// <param name="inner">What the framework said, if anything.</param>
    public AttestationException(AttestationFault fault, string place, string message, Exception? inner = null)
        : base($"{place}: {message} ({fault})", inner)
    {
        Fault = fault;
        Place = place;
    }

    /// <summary>The named reason.</summary>
    public AttestationFault Fault { get; }

    /// <summary>Which certificate, statement or field was at fault.</summary>
    public string Place { get; }
}
