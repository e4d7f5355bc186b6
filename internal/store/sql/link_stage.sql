-- The accounts and pool users to match. Package profile folds texts and parses phone numbers in the same way for both.
CREATE TEMPORARY TABLE link_pool (
    line            bigint NOT NULL,
    cognito_id      varchar COLLATE "C" NOT NULL,
    username        varchar COLLATE "C",
    folded_username varchar COLLATE "C",
    phone_number    varchar COLLATE "C",
    folded_email    varchar COLLATE "C",
    account         bigint,
    unconfirmed     boolean NOT NULL
);
CREATE TEMPORARY TABLE link_accounts (
    account         bigint NOT NULL,
    cognito_id      varchar COLLATE "C" NOT NULL,
    username        varchar COLLATE "C",
    folded_username varchar COLLATE "C",
    phone_number    varchar COLLATE "C",
    folded_email    varchar COLLATE "C",
    given           varchar COLLATE "C"
);
