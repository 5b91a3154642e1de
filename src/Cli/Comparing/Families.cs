using System.Collections.Immutable;
using Blindsight.Cli.Commands;
using Blindsight.Cli.Parties;
using Blindsight.Compiler.Plans;

namespace Blindsight.Cli.Comparing;

/// <summary>
/// The families that the survey of Mann et al. (CSUR 2023) and its successors tell apart. Public everywhere: topology, shapes, widths, sizes of messages.
/// </summary>
internal static class Families
{
    private const string TwoParties = "semi-honest client and server", NoCollusion = "semi-honest servers that do not collude";
    private const string ClientAndServer = "client: the outputs; server: nothing";
    private const string Outsourced = "client: the outputs; either server: that it was asked; owner: nothing", Dealing = "; dealer: how many queries";
    private const string DealerAway = NoCollusion + ", with a dealer who is away";

    private const string TrustedRoom = "a host that sees ciphertexts only, and a TEE that nobody opens";
    private const string RoomLearns = "client: the outputs; host: nothing; owner: nothing; the enclave: keys, weights and what it decrypts";

    public static ImmutableArray<Family> All { get; } =
    [
        new("silent-ot", "client and server, silent OT", "CrypTFlow2 (2020), Cheetah (2022)", TwoParties, ClientAndServer,
            Run(DeploymentKinds.ClientServer, ComparisonKinds.Transfers)),
        new("garbled", "client and server, garbled circuits", "MiniONN (2017), Gazelle (2018), Delphi (2020)", TwoParties, ClientAndServer,
            Run(DeploymentKinds.ClientServer, ComparisonKinds.Garbled)),
        new("safenet", "client and server, activations chosen by channel", "SAFENet (2021)", TwoParties,
            ClientAndServer + "; both: which channels are polynomials", Run(DeploymentKinds.ClientServer, ComparisonKinds.Transfers)) { TakesPlanned = true },
        new("tables", "two servers and a dealer, tables of digits", "Sonic (2023), with the digits of CrypTFlow2 (2020)", DealerAway, Outsourced + Dealing,
            Run(DeploymentKinds.TwoServers, ComparisonKinds.Tables)),
        new("fss", "two servers and a dealer, comparison functions", "Boyle et al. (2021), LLAMA (2022), Orca (2024)", DealerAway, Outsourced + Dealing,
            Run(DeploymentKinds.TwoServers, ComparisonKinds.Functions)),
        new("no-dealer", "two servers alone", "Sonic's setting with RLWE and silent OT", NoCollusion, Outsourced,
            Run(DeploymentKinds.TwoServers, ComparisonKinds.Transfers)),
        new("sonic", "two servers and a dealer, at the paper's costs", "Sonic (2023)", DealerAway, Outsourced + Dealing,
            Run(DeploymentKinds.TwoServers, ComparisonKinds.Sonic)),
        new("he", "client and server, leveled encryption from end to end", "CryptoNets (2016), LoLa (2019)", TwoParties, ClientAndServer,
            ["--deployment", LeveledParties.Name]),
        new("enclave", "a host and a simulated enclave (NOT ATTESTED), exact activations inside", "Liu and Zhang (2022)", TrustedRoom,
            RoomLearns, ["--deployment", EnclaveProcesses.Name, "--tee", EnclaveCommand.Simulated]),
        new("enclave-leveled", "a host and a simulated enclave (NOT ATTESTED), polynomials on ciphertexts", "Liu and Zhang (2022)", TrustedRoom,
            RoomLearns, ["--deployment", EnclaveProcesses.Name, "--tee", EnclaveCommand.Simulated, "--activation", UploadModelCommand.Polynomial]),
        Absent("tfhe", "client and server, encryption with programmable bootstrapping", "TFHE (2016), Concrete ML", TwoParties,
            "a table look-up on a ciphertext takes some 10 ms of a core; a network has 10^4 to 10^7 of them"),
        Absent("binarised", "client and server, binarised networks", "XONN (2019), TAPAS (2018)", TwoParties,
            "it takes networks that were trained with weights of one bit; models come here as they are, and only activations are replaced"),
        Absent("three-servers", "three servers, honest majority", "SecureNN (2019), Falcon (2021), CryptGPU (2021)", "at most one of three servers is corrupt",
            "a third server has to be online for every query; here the third party, a dealer, is away while queries run"),
        Absent("four-servers", "four servers, at most one malicious", "FLASH (2020), Tetrad (2022)", "at most one of four servers is malicious",
            "four operators who do not collude are more than users of this software have; robustness against one is what they would buy"),
        Absent("malicious", "client and server, malicious parties", "Muse (2021), SIMC (2022)", "a malicious client",
            "shares and products would have to be authenticated throughout; what a client may ask is limited instead, by count and by releasing labels alone"),
    ];

    /// <summary>By name, in their own order.</summary>
    /// <exception cref="CommandException">There is none of a name.</exception>
    public static ImmutableArray<Family> Named(string? names)
    {
        if (names is null) return All;
        string[] wanted = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return wanted.FirstOrDefault(name => All.All(family => family.Name != name)) is { } unknown
            ? throw new CommandException($"There is no family '{unknown}'; there are {string.Join(", ", All.Select(family => family.Name))}.")
            : [.. All.Where(family => wanted.Contains(family.Name))];
    }

    private static string[] Run(string deployment, string comparison) => ["--deployment", deployment, "--comparison", comparison];

    private static Family Absent(string name, string title, string systems, string adversary, string absence) =>
        new(name, title, systems, adversary, "", null, absence);
}
