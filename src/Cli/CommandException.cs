namespace Blindsight.Cli;

/// <summary>A command that cannot go on, for a reason that its user can act on; the message is one sentence.</summary>
internal sealed class CommandException(string message) : Exception(message);
