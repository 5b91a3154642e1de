using Blindsight.Arithmetic;

namespace Blindsight.Hosting;

/// <summary>Which of the two servers.</summary>
public enum ServerRole
{
    /// <summary>Party a: holds the seeds, orders the queries.</summary>
    First,
    /// <summary>Party b: holds the differences.</summary>
    Second,
}

/// <summary>Names of the two.</summary>
public static class ServerRoles
{
    /// <summary>The letter by which files, messages and addresses name it.</summary>
    public static char Letter(this ServerRole role) => role == ServerRole.First ? 'a' : 'b';

    /// <summary>The part that the dealer's certificate must bear among its DNS names.</summary>
    public const string Dealer = "dealer";

    /// <summary>The part that a server's certificate must bear: server-a or server-b.</summary>
    public static string Part(this ServerRole role) => $"server-{role.Letter()}";

    /// <summary>The one of that letter.</summary>
    /// <exception cref="ParameterException">There is none.</exception>
    public static ServerRole Of(string letter) => letter switch
    {
        "a" => ServerRole.First, "b" => ServerRole.Second, _ => throw new ParameterException($"'{letter}' is not a party: there are a and b"),
    };
}
