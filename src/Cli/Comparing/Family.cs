namespace Blindsight.Cli.Comparing;

/// <summary>A way of answering without seeing, as the field knows it, and how this program is asked for it.</summary>
/// <param name="Name">For options and reports.</param>
/// <param name="Systems">Published systems of the family.</param>
/// <param name="Adversary">Who is assumed to follow the protocol, and who not to collude.</param>
/// <param name="Learns">Who learns what, besides what is public.</param>
/// <param name="Arguments">Of 'blindsight run'; null where the family is not implemented.</param>
/// <param name="Absence">Why it is not.</param>
internal sealed record Family(string Name, string Title, string Systems, string Adversary, string Learns, string[]? Arguments, string? Absence = null)
{
    /// <summary>Whether it takes the model that 'blindsight plan' wrote rather than the model itself.</summary>
    public bool TakesPlanned { get; init; }

    public bool IsImplemented => Arguments is not null;
}
