using System.CommandLine;
using System.CommandLine.Parsing;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Plans;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Commands;

/// <summary>Arguments and options that several commands share; each call makes a new one.</summary>
internal static class CommonOptions
{
    public static Argument<string> Model() => new("MODEL") { Description = "An ONNX model." };

    public static Option<string?> Plan(string description = "A plan made by 'blindsight compile'.") =>
        new("--plan") { Description = description, HelpName = "PLAN" };

    public static Option<string?> Calibration() => new("--calibration")
    {
        Description = "Typical inputs, from which the widths of numbers are chosen; 128 rows are taken, evenly from the whole file.", HelpName = "FILE",
    };

    public static Option<string?> Card() => new("--card")
    {
        Description = "The model card (YAML) that says how pixels become inputs. Default: MODEL with .yaml, where that exists.",
        HelpName = "FILE",
    };

    public static Option<string> Input() => new("--input")
    {
        Description = "Rows to predict: .npy, IDX (also gzipped), CIFAR-10 binary, .csv or .png.", HelpName = "FILE", Required = true,
    };

    public static Option<string?> Rows() => new("--rows")
    {
        Description = "Rows of the input, zero-based and inclusive. Default: all.", HelpName = "A-B",
    };

    public static Option<string?> Labels() => new("--labels")
    {
        Description = "The right class of each row of the input, to state accuracy.", HelpName = "FILE",
    };

    public static Option<string?> Json(string description) => new("--json") { Description = description, HelpName = "FILE" };

    public static Option<string> Link()
    {
        Option<string> link = new("--link")
        {
            Description = "Emulates a link by delaying real bytes: lan is 3 Gbit/s and 0.15 ms each way, wan 400 Mbit/s and 20 ms, "
                + "mobile 50 Mbit/s and 40 ms.",
            HelpName = "none|lan|wan|mobile", DefaultValueFactory = _ => LinkProfile.None.Name,
        };
        return link.AcceptOnlyFromAmong([.. LinkProfile.All.Select(profile => profile.Name)]);
    }

    /// <summary>Percent; <see cref="CompileOptions.ErrorMax"/> is a hundredth of it.</summary>
    public static Option<double> Tolerance()
    {
        Option<double> option = new("--tolerance")
        {
            Description = "How far outputs may be from floats on the calibration rows, in percent of their root mean square. Rings and weights get wider "
                + "until it is kept. Between two servers, who open every number, they also get as narrow as it allows.",
            HelpName = "PERCENT", DefaultValueFactory = _ => 100 * new CompileOptions().ErrorMax,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(result.GetValueOrDefault<double>() is > 0 and <= 50)) result.AddError("--tolerance is above 0 and at most 50.");
        });
        return option;
    }

    public static Option<int> Threads() => Positive("--threads", "Threads of each party; from 2 on correlated transfers are made in the background.", 1, 1024);

    /// <summary>A size that <see cref="ByteSize"/> reads; null stands for the engine's own.</summary>
    public static Option<string?> Memory()
    {
        Option<string?> option = new("--memory")
        {
            Description = "What the server may take to keep weights transformed, ready for encrypted products: 8 bytes for each of 2048 coefficients, "
                + "often a hundred times the model. What does not fit is transformed anew for each row, 3 us a polynomial; results and bytes are the "
                + "same. 0 keeps nothing. Default: 1.5GiB.",
            HelpName = "SIZE",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && ByteSize.Parse(result.Tokens[0].Value) is null)
                result.AddError($"--memory takes a size like 512MiB or 2GiB, or 0, not '{result.Tokens[0].Value}'.");
        });
        return option;
    }

    public static Option<string?> Costs() => new("--costs")
    {
        Description = "What 'blindsight measure' stored. Default: its own place; where nothing is there, a nominal machine.", HelpName = "FILE",
    };

    public static Option<int> Batch() =>
        Positive("--batch", "Rows that travel through the network together: more rows share each round trip.", 1, 1 << 16);

    public static Option<string> Comparison() => Choice(
        "--comparison", "The protocol that compares: oblivious transfer, or garbled circuits (what Delphi does; exact).", ComparisonKinds.All);

    public static Option<string> Choice(string name, string description, params string[] values) => new Option<string>(name)
    {
        Description = description, HelpName = string.Join('|', values), DefaultValueFactory = _ => values[0],
    }.AcceptOnlyFromAmong(values);

    public static Option<int> Positive(string name, string description, int standard, int max)
    {
        Option<int> option = new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 0) return;
            if (!int.TryParse(result.Tokens[0].Value, out int value) || value < 1 || value > max)
                result.AddError($"{name} takes a number from 1 to {max}, not '{result.Tokens[0].Value}'.");
        });
        return option;
    }
}
