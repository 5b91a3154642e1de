namespace Blindsight.Arithmetic;

/// <summary>A set of parameters that can never work or would not be secure; the message names the quantity and its limit.</summary>
public sealed class ParameterException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Quantity, limit, unit and place; never a secret.</param>
    public ParameterException(string message) : base(message) { }
}
