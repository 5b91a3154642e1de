namespace Blindsight.Inference.Costs;

/// <summary>
/// The kinds of computation that a session is made of, each timed by itself. A unit is what the comment says; where a kind names a width, a unit's
/// time depends on it.
/// </summary>
public enum Work
{
    /// <summary>What a process's first set-up and preparation take beyond later ones, while its code is still being compiled: once.</summary>
    FreshOffline,
    /// <summary>The same of its first online phase.</summary>
    FreshOnline,
    /// <summary>A side's part of the handshake, plan hashed: once.</summary>
    Handshake,
    /// <summary>The client's key pair: once.</summary>
    KeysMade,
    /// <summary>The server's reading of the public key: once.</summary>
    KeysRead,
    /// <summary>One direction's base transfers: the request.</summary>
    BaseRequested,
    /// <summary>The answer to it.</summary>
    BaseAnswered,
    /// <summary>The end of it.</summary>
    BaseFinished,
    /// <summary>A plan's layer whose packing is chosen, at the client after connecting.</summary>
    LayerPacked,

    /// <summary>A ciphertext of a request encrypted.</summary>
    CiphertextEncrypted,
    /// <summary>A ciphertext of a request read and transformed.</summary>
    CiphertextRead,
    /// <summary>A ciphertext multiplied by a weight polynomial, and added.</summary>
    CiphertextMultiplied,
    /// <summary>A weight polynomial transformed because it is not kept.</summary>
    WeightTransformed,
    /// <summary>A ciphertext of a response finished.</summary>
    CiphertextAnswered,
    /// <summary>A ciphertext of a response decrypted.</summary>
    CiphertextDecrypted,
    /// <summary>An element of a response, at the server.</summary>
    ResponseMade,
    /// <summary>An element of a response, at the client.</summary>
    ResponseRead,
    /// <summary>A product of clear ring elements.</summary>
    ClearProduct,
    /// <summary>An element of a linear step added, copied or truncated.</summary>
    LinearElement,
    /// <summary>An element of any other local pass.</summary>
    Element,

    /// <summary>The trees of an extension by SoftSpoken, at its sender: once.</summary>
    ExtensionGrown,
    /// <summary>A transfer by SoftSpoken, at its sender.</summary>
    TransferSent,
    /// <summary>A transfer by SoftSpoken, at its receiver.</summary>
    TransferReceived,
    /// <summary>A sample of silent transfer at its sender; width: log2 of the LPN secret.</summary>
    SampleSent,
    /// <summary>A sample of silent transfer at its receiver; width: log2 of the LPN secret.</summary>
    SampleReceived,

    /// <summary>Pads of an element's comparison and its tree's triples, at the server; width: bits compared.</summary>
    LeafPadsSent,
    /// <summary>The same at the client.</summary>
    LeafPadsReceived,
    /// <summary>The same for two thresholds, at the server.</summary>
    LeafPairPadsSent,
    /// <summary>The same for two thresholds, at the client.</summary>
    LeafPairPadsReceived,
    /// <summary>Corrections of an element's choices, at the client; width: bits compared.</summary>
    LeafChoicesSent,
    /// <summary>The same at the server.</summary>
    LeafChoicesReceived,
    /// <summary>An element's comparison online, tree included, at the server; width: bits compared.</summary>
    LeavesSent,
    /// <summary>The same at the client.</summary>
    LeavesReceived,
    /// <summary>The same for two thresholds, at the server.</summary>
    LeafPairsSent,
    /// <summary>The same for two thresholds, at the client.</summary>
    LeafPairsReceived,
    /// <summary>Pads of an additive transfer, at its sender; width: bits of the numbers.</summary>
    PadsSent,
    /// <summary>The same at its receiver.</summary>
    PadsReceived,
    /// <summary>An additive transfer's answer, at its sender; width: bits of the numbers.</summary>
    CorrectionsSent,
    /// <summary>The same at its receiver.</summary>
    CorrectionsReceived,

    /// <summary>An AND garbled.</summary>
    Garbled,
    /// <summary>A label of the client's offered by transfer, at the server.</summary>
    LabelsOffered,
    /// <summary>The same at the client.</summary>
    LabelsChosen,
    /// <summary>A label of the server's sent online.</summary>
    LabelsSent,
    /// <summary>The same at the client.</summary>
    LabelsReceived,
    /// <summary>An AND evaluated.</summary>
    Evaluated,

    /// <summary>A product of ring elements with weights of 32 bits: a server's, or the dealer's, of two servers.</summary>
    SharedProduct,
    /// <summary>An element compared with a bound and selected by digit tables, online at one of two servers; width: bits of the ring.</summary>
    SelectedByTables,
    /// <summary>The same by comparison functions.</summary>
    SelectedByFunctions,
    /// <summary>The same by prefix adder.</summary>
    SelectedByAdder,
    /// <summary>What that takes of a dealer's, read and expanded by the second server.</summary>
    TablesTaken,
    /// <inheritdoc cref="TablesTaken"/>
    FunctionsTaken,
    /// <inheritdoc cref="TablesTaken"/>
    AddersTaken,
    /// <summary>The same at the dealer.</summary>
    TablesDealt,
    /// <inheritdoc cref="TablesDealt"/>
    FunctionsDealt,
    /// <inheritdoc cref="TablesDealt"/>
    AddersDealt,

    /// <summary>A message queued.</summary>
    MessageSent,
    /// <summary>A message taken.</summary>
    MessageReceived,
    /// <summary>A byte of a message queued and written.</summary>
    ByteSent,
    /// <summary>A byte of a message read.</summary>
    ByteReceived,
    /// <summary>Queued messages set on their way.</summary>
    Flush,
    /// <summary>From a peer's flush to a waiting thread's return, on loopback.</summary>
    Wake,
}
