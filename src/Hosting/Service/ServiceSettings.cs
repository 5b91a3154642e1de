using System.Globalization;
using Blindsight.Arithmetic;
using Microsoft.Extensions.Configuration;

namespace Blindsight.Hosting.Service;

/// <summary>A model that is served: the files that it is read from.</summary>
public sealed record ModelSettings
{
    /// <summary>An ONNX file.</summary>
    public string Model { get; init; } = "";

    /// <summary>A compiled plan, or null: then <see cref="Calibration"/> is needed.</summary>
    public string? Plan { get; init; }

    public string? Calibration { get; init; }

    public string? Card { get; init; }
}

/// <summary>How a service is run, from a file in JSON, overridden by environment variables, and these by the command line.</summary>
public sealed record ServiceSettings
{
    /// <summary>What the variables' names begin with; two underscores stand for a level, as in BLINDSIGHT_LIMITS__SESSIONS.</summary>
    public const string VariablePrefix = "BLINDSIGHT_";

    /// <summary>For clients.</summary>
    public string Listen { get; init; } = "127.0.0.1:7766";

    /// <summary>For health, readiness and metrics over HTTP, or null; protected on any but an address of this machine.</summary>
    public string? Manage { get; init; }

    /// <summary>The folder of this party's certificates, or null.</summary>
    public string? Tls { get; init; }

    /// <summary>Whether only models are served that release labels and nothing more.</summary>
    public bool LabelsOnly { get; init; }

    /// <summary>Sessions at once, of all clients together; each holds what its rows have prepared.</summary>
    public int Sessions { get; init; } = 64;

    /// <summary>How long what runs may go on once the service is to stop.</summary>
    public double DrainSeconds { get; init; } = 30;

    /// <summary>The audit log's file, or null.</summary>
    public string? Audit { get; init; }

    /// <summary>Where metrics and traces are sent by OTLP, or null.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Every client's limits that are not named.</summary>
    public ClientLimits Limits { get; init; } = new();

    /// <summary>Limits of clients by name.</summary>
    public Dictionary<string, ClientLimits> Clients { get; init; } = [];

    /// <summary>The models by name; the first in the alphabet is for clients that ask for none.</summary>
    public SortedDictionary<string, ModelSettings> Models { get; init; } = new(StringComparer.Ordinal);

    /// <param name="file">In JSON, or null.</param>
    /// <exception cref="ParameterException">The file is not there or not readable, or a value is none.</exception>
    public static ServiceSettings Read(string? file)
    {
        try
        {
            ConfigurationBuilder builder = new();
            if (file is not null)
            {
                builder.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
                // A limit whose name is misspelt would be no limit. Variables of the prefix have other uses too.
                builder.Build().Bind(new ServiceSettings(), options => options.ErrorOnUnknownConfiguration = true);
            }
            ServiceSettings settings = new();
            builder.AddEnvironmentVariables(VariablePrefix).Build().Bind(settings);
            return settings.Checked();
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException or FormatException or IOException)
        {
            throw new ParameterException($"the configuration cannot be used: {(fault.InnerException ?? fault).Message}");
        }
    }

    /// <summary>The limits of a client.</summary>
    public ClientLimits LimitsOf(string client) => Clients.GetValueOrDefault(client) ?? Limits;

    private ServiceSettings Checked()
    {
        if (DrainSeconds is not (>= 0 and <= 3600))
            throw new ParameterException($"drainSeconds is {DrainSeconds.ToString(CultureInfo.InvariantCulture)}; it takes 0 to 3600");
        if (Sessions < 1) throw new ParameterException($"sessions is {Sessions}; a service has at least one");
        Limits.Check("everybody");
        foreach ((string client, ClientLimits limits) in Clients) limits.Check(client);
        foreach ((string name, ModelSettings model) in Models)
            if (model.Model.Length == 0) throw new ParameterException($"the model {name} names no ONNX file");
        return this;
    }
}
